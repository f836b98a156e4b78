# What PowerShell has no cmdlet for: the variables that every service gets when it starts, and who asks.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Get-MachineVariable {
    param([Parameter(Mandatory)][string]$Name)
    [Environment]::GetEnvironmentVariable($Name, 'Machine')
}

function Set-MachineVariable {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string]$Name, [Parameter(Mandatory)][string]$Value)
    if ($PSCmdlet.ShouldProcess("machine variable $Name", "set to $Value")) {
        [Environment]::SetEnvironmentVariable($Name, $Value, 'Machine')
    }
}

function Test-Administrator {
    $user = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
    $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

Export-ModuleMember -Function *

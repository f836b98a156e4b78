# In place of windows/Machine.psm1: .NET on Linux keeps no machine variables, and knows no Administrator.
Set-StrictMode -Version Latest

function Get-MachineVariable {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name)
    if ($global:World.denied -contains 'Get-MachineVariable') { throw 'Requested registry access is not allowed.' }
    $global:World.machine[$Name]
}

function Set-MachineVariable {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Name, [Parameter(Mandatory)][string]$Value)
    if ($global:World.denied -contains 'Set-MachineVariable') { throw 'Requested registry access is not allowed.' }
    $global:World.machine[$Name] = $Value
    [void]$global:World.done.Add("Set-MachineVariable $Name")
}

function Test-Administrator {
    $global:World.administrator
}

function Register-EventSource {
    [void]$global:World.done.Add('Register-EventSource')
}

function Write-HostEvent {
    param([Parameter(Mandatory)][string]$Message, [Parameter(Mandatory)][ValidateSet('Information', 'Warning', 'Error')][string]$Kind)
    [void]$global:World.done.Add("event ${Kind}: $Message")
}

function Register-NetworkChange {
}

Export-ModuleMember -Function *

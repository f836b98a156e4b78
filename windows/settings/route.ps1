<#
.SYNOPSIS
A route to docker's network "nat" on the adapter that has the credentials address.

.DESCRIPTION
Gone after every restart of the host.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.

.PARAMETER Subnet
The network, as "172.24.0.0/20"; asked of docker when left out.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set,
    [string]$Subnet
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1"

function Get-NatSubnet {
    $told = $Subnet
    if (-not $told) {
        $told = "$(& docker network inspect nat --format '{{(index .IPAM.Config 0).Subnet}}')".Trim()
        if ($LASTEXITCODE -ne 0) { throw "docker does not tell the subnet of its network nat (exit code $LASTEXITCODE)" }
    }
    if ($told -notmatch '^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$') { throw "not a subnet of docker's network nat: '$told'" }
    $told
}

function Find-Route {
    $network = Get-NatSubnet
    $adapter = Get-CredentialsPlace
    if ($null -eq $adapter) {
        return Format-Finding -Fault "there is no adapter for a route to $network" -Hint 'See the setting address.' -OutOfReach
    }
    $routes = @(Get-NetRoute -ErrorAction Stop -AddressFamily IPv4 | Where-Object {
            $_.DestinationPrefix -eq $network -and $_.InterfaceIndex -eq $adapter.ifIndex
        })
    if ($routes.Count -eq 0) { return Format-Finding -Fault "no route to $network on $($adapter.Name)" }
    Format-Finding -State "$network on $($adapter.Name)"
}

function Repair-Route {
    $network = Get-NatSubnet
    $adapter = Get-CredentialsPlace
    if (-not $PSCmdlet.ShouldProcess("route to $network on $($adapter.Name)", 'add')) { return }
    # As with the address, only until the next restart.
    [void](New-NetRoute -ErrorAction Stop -DestinationPrefix $network -InterfaceIndex $adapter.ifIndex -PolicyStore ActiveStore)
    "added a route to $network on $($adapter.Name)"
}

$answer = Resolve-Setting -Name route -Set:$Set -Find { Find-Route } -Repair { Repair-Route }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)
